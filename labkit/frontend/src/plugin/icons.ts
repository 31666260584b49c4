// The icon of labkit: three tokens, of which one is uncertain.
import { LabIcon } from "@jupyterlab/ui-components";

export const labkitIcon = new LabIcon({
  name: "labkit:tokens",
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<rect x="3" y="4" width="18" height="4" rx="2"/><rect x="3" y="10" width="11" height="4" rx="2"/>' +
    '<rect x="3" y="16" width="15" height="4" rx="2"/></g><rect x="16" y="10" width="5" height="4" rx="2" fill="#e8710a"/></svg>',
});
