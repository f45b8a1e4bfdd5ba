import { mount } from "svelte";
import App from "./App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/pages.css";
import "./styles/tables.css";

const target = document.querySelector("#app");
if (target !== null) mount(App, { target });
