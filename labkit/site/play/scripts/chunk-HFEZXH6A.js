import{a as e}from"./chunk-K6WG7RAT.js";function t(r,...l){return e("span",{class:"field"},e("label",{for:l[0]?.id??""},r),...l)}export{t as a};
