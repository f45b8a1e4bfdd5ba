// The client library, behind what must be loaded before it. Nobody else imports the library itself.
import "./option-checks.ts";
export * from "@platformatic/kafka";
