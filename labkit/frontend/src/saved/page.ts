// The saved views of one kind on a page without Jupyter: each replaces its picture when the reader comes near it.
// The page holds, for each view, <div class="labkit-view"><div class="labkit-saved">PICTURE</div><script type=MIME>PAYLOAD</script></div>.
import { drawInLanguage } from "../core/redraw";
import { readPayload, type DrawSaved, type Payload } from "../core/saved-model";

const DATA = 'script[type="application/vnd.labkit.view+json"]';
const NEAR = "600px"; // a view is drawn before it is on the screen

/** Draws all views of this kind. */
export function drawPage(kind: string, drawSaved: DrawSaved): void {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        void replacePicture(target, drawSaved);
      }
    },
    { rootMargin: NEAR },
  );
  for (const data of document.querySelectorAll(DATA)) {
    if (kindOf(data) === kind && data.parentElement) near.observe(data.parentElement);
  }
}

/** The kind of view of a payload; undefined for text that is not JSON, which any output of a notebook may hold. */
function kindOf(data: Element): string | undefined {
  try {
    return (JSON.parse(data.textContent) as Partial<Payload> | null)?.kind;
  } catch {
    return undefined;
  }
}

/** Draws a view beside its picture, then hides the picture; after an error the picture stays. */
async function replacePicture(frame: Element, drawSaved: DrawSaved): Promise<void> {
  const stop = new AbortController();
  try {
    const saved = await readPayload(JSON.parse(frame.querySelector(DATA)?.textContent ?? "null"));
    if (!saved) return;
    drawInLanguage(frame, (host, signal) => drawSaved(host, saved, signal), stop.signal);
    frame.classList.add("labkit-live");
  } catch (error) {
    stop.abort();
    throw error;
  }
}
