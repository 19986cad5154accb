import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Diagnosis } from "./Diagnosis";

const server = new URL(new URLSearchParams(location.search).get("server") ?? location.origin);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <Diagnosis server={server} model="wdbc" />
  </StrictMode>,
);
