// The only file of the reward view that knows anywidget.
import type { Model } from "../sources/port";
import { RewardSource } from "../sources/reward";
import { rewardView } from "../views/reward";

export default () => {
  let source: RewardSource | undefined; // shared by all pictures of one view
  return {
    render({ model, el }: { model: Model; el: HTMLElement }) {
      const stop = new AbortController();
      const host = document.createElement("div");
      el.append(host);
      rewardView(host, (source ??= new RewardSource(model)), stop.signal);
      return () => {
        stop.abort();
        host.remove();
      };
    },
  };
};
