/** Lets the pages work without a network from now on. Call it when the model is there: both need the line. */
export function holdOffline(): void {
  if ("serviceWorker" in navigator && location.protocol !== "file:")
    navigator.serviceWorker.register("service-worker.js").catch(() => undefined); // the pages work without it
}
