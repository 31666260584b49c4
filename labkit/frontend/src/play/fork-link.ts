// The forks of a thought in the address of the page: f=12.345.8.0_s3.5-6.4.7.120, one fork between two underscores.
// A fork is its token, or s and its step; the ids that are put there; rollouts; seed; temperature in hundredths if not 0.6.

/** A fork as a link holds it; nothing in `put` lets the model choose again. */
export interface LinkedFork {
  readonly at: number | null;
  readonly step: number | null;
  readonly put: readonly number[];
  readonly n: number;
  readonly seed: number;
  readonly temperature: number;
}

const MOST = 16; // forks, the newest ones
const MAX_ROLLOUTS = 16;
const MAX_PUT = 200; // tokens
const TEMPERATURE = 60;
const FORK = /^(s?)(\d{1,4})\.((?:\d{1,5}(?:-\d{1,5})*)?)\.(\d{1,2})\.(\d{1,10})(?:\.(\d{1,3}))?$/;

/** The forks of an address; what cannot be read is left out. */
export function readForks(hash: string): LinkedFork[] {
  const texts = (new URLSearchParams(hash.replace(/^#/, "")).get("f") ?? "").split("_", MOST);
  return texts.flatMap((text): LinkedFork[] => {
    const [, step, place, put, n, seed, temperature] = FORK.exec(text) ?? [];
    const ids = put ? put.split("-").map(Number) : [];
    if (place === undefined || Number(n) < 1 || Number(n) > MAX_ROLLOUTS) return [];
    if (ids.length > MAX_PUT || Number(seed) >= 2 ** 32 || (step && Number(place) < 1)) return [];
    return [
      {
        at: step ? null : Number(place),
        step: step ? Number(place) : null,
        put: ids,
        n: Number(n),
        seed: Number(seed),
        temperature: Number(temperature ?? TEMPERATURE) / 100,
      },
    ];
  });
}

/** What an address gets for forks; "" for none. */
export function forksText(forks: readonly LinkedFork[]): string {
  const texts = forks.slice(-MOST).map(({ at, step, put, n, seed, temperature }) => {
    const hundredths = Math.round(100 * temperature);
    const place = step === null ? String(at) : `s${step}`;
    const rest = hundredths === TEMPERATURE ? [] : [hundredths];
    return [place, put.join("-"), n, seed, ...rest].join(".");
  });
  return texts.length ? `&f=${texts.join("_")}` : "";
}
