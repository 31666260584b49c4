// The sentence below a view that is not connected to a kernel.
import { t } from "../core/words";

/** What a reader sees: a drawn view or a picture, and what is known of the kernel. */
export interface Situation {
  readonly drawn: boolean;
  readonly hasKernel: boolean;
  readonly restarted: boolean; // the kernel ended while the view was live
}

export function noteOf({ drawn, hasKernel, restarted }: Situation): string {
  if (restarted)
    return drawn
      ? t("The kernel has ended: the view shows what was saved with it. Run this cell for more.")
      : t("The kernel has ended, and this view gets no more answers. Run this cell again.");
  if (!drawn) return t("A picture: run this cell to click in it.");
  return hasKernel
    ? t("This kernel has not run this cell: the view shows what was saved with it. Run this cell for more.")
    : t("No kernel is running: the view shows what was saved with it. Run this cell for more.");
}
