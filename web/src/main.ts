import { mount } from "svelte";
import App from "./App.svelte";
// Shipped with the page: it looks the same on every machine, and asks nobody else for anything.
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/pages.css";
import "./styles/tables.css";

const target = document.querySelector("#app");
if (target !== null) mount(App, { target });
