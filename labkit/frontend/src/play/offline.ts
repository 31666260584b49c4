import { FIRST } from "./models";

/** Lets the pages work without a network from now on. Call it when the model is there: both need the line. */
export function holdOffline(model = FIRST): void {
  if (!("serviceWorker" in navigator) || location.protocol === "file:") return;
  navigator.serviceWorker
    .register("service-worker.js")
    .then(() => navigator.serviceWorker.ready)
    .then(({ active }) => {
      if (model !== FIRST) active?.postMessage(model); // the first model is held in any case
    })
    .catch(() => undefined); // the pages work without it
}
