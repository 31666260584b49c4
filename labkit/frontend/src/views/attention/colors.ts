// Written by generate_contract.py from labkit/views/attention/color_scale.py. Do not edit.

export const LIGHT_STOPS =
  "ffffffecf6ffd8eeffc2e5ffa9d7fc8fc8f777b7f261a5eb4f91e2417cd93a68cd3955be3743ad34319b2f2480281867200e4f";
export const DARK_STOPS =
  "222222212b3822324f2738672a407a2b488c2a509e2b5fb02d72c42e85d7319ae53db0eb52c5f16ed8f592e6f4b5f3f5d8fefb";
