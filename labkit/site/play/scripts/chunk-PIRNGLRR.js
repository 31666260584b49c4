var t="r1-mini",e={opened:!0,open_tag:"<think>",close_tag:"</think>"},o="<｜end▁of▁sentence｜>",n={temperature:.6,topP:.95};export{t as a,e as b,o as c,n as d};
