// Holds the files of the playground, so that it works without a network after the first visit.
// labkit/site/play.py puts the version of all files and their names here; a new version replaces the old one.
const VERSION = "@VERSION@";
const FILES = "@FILES@".split(" ");

const MODELS = new URL("model/", location.href).href;
const MODEL_FILES = ["config.json", "tokenizer.json", "model.safetensors"];
const CACHE = `labkit-play-${VERSION}`;
declare const clients: { claim(): Promise<void> };
interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

addEventListener("install", (event) => {
  (event as ExtendableEvent).waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)));
});

addEventListener("activate", (event) => {
  const removeOld = async (): Promise<void> => {
    const old = (await caches.keys()).filter((name) => name.startsWith("labkit-play-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim(); // what the open page loads from now on is held too
  };
  (event as ExtendableEvent).waitUntil(removeOld());
});

// The name of another model that a page has loaded before this worker was there.
addEventListener("message", (event) => {
  const { data } = event as MessageEvent<unknown>;
  if (typeof data !== "string" || !/^[\w-]+$/.test(data)) return;
  const files = MODEL_FILES.map((name) => `${MODELS}${data}/${name}`);
  const hold = async (): Promise<void> => {
    const cache = await caches.open(CACHE);
    if (!(await cache.match(files.at(-1) ?? ""))) await cache.addAll(files);
  };
  (event as Event as ExtendableEvent).waitUntil(hold());
});

addEventListener("fetch", (event) => {
  const { request } = event as FetchEvent;
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  const answer = async (): Promise<Response> => {
    const cache = await caches.open(CACHE);
    const held = await cache.match(request, { ignoreSearch: true });
    if (held) return held;
    const response = await fetch(request);
    // Another model, or the tuned lens, is held from its first use on.
    if (response.ok && request.url.startsWith(MODELS))
      (event as FetchEvent).waitUntil(cache.put(request, response.clone()));
    return response;
  };
  (event as FetchEvent).respondWith(answer());
});
