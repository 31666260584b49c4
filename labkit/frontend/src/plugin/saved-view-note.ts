// The sentence below a view that is not connected to a kernel.

/** What a reader sees: a drawn view or a picture, and what is known of the kernel. */
export interface Situation {
  readonly drawn: boolean;
  readonly hasKernel: boolean;
  readonly restarted: boolean; // the kernel ended while the view was live
}

export function noteOf({ drawn, hasKernel, restarted }: Situation): string {
  if (restarted && !drawn)
    return "The kernel has ended, and this view gets no more answers. Run this cell again.";
  if (!drawn) return "A picture: run this cell to click in it.";
  const reason = restarted
    ? "The kernel has ended"
    : hasKernel
      ? "This kernel has not run this cell"
      : "No kernel is running";
  return `${reason}: the view shows what was saved with it. Run this cell for more.`;
}
