import{a}from"./chunk-OC6677LM.js";import"./chunk-3NFPGQMW.js";import"./chunk-G5653Q7W.js";import"./chunk-L4RMJD7O.js";import"./chunk-R3QYKFVI.js";import"./chunk-EN53AJAX.js";export{a as EngineLens};
