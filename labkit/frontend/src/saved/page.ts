// The saved views of one kind on a page without Jupyter: each replaces its picture when the reader comes near it.
// The page holds, for each view, <div class="labkit-view"><div class="labkit-saved">PICTURE</div><script type=MIME>PAYLOAD</script></div>.
import { whenNear } from "../core/near";
import { drawInLanguage } from "../core/redraw";
import { readPayload, type DrawSaved, type Payload } from "../core/saved-model";

const DATA = 'script[type="application/vnd.labkit.view+json"]';

/** Draws all views of this kind. */
export function drawPage(kind: string, drawSaved: DrawSaved): void {
  for (const data of document.querySelectorAll(DATA)) {
    const frame = data.parentElement;
    const stop = new AbortController();
    if (frame && kindOf(data) === kind)
      whenNear(frame, () => void replacePicture(frame, drawSaved, stop), stop.signal);
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
async function replacePicture(frame: Element, drawSaved: DrawSaved, stop: AbortController): Promise<void> {
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
