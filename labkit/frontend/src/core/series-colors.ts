// Written by generate_contract.py from labkit/views/core/color_scales.py. Do not edit.

export const SERIES_LIGHT =
  "2563a8c17d00a327458a72f7531700310a77";
export const SERIES_DARK =
  "7fb2e8f28f29ca30567359dbf2ed2b00ffe9";
