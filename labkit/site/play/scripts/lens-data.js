import{a}from"./chunk-SCSG5YAC.js";import"./chunk-3NFPGQMW.js";import"./chunk-L4RMJD7O.js";import"./chunk-G5653Q7W.js";import"./chunk-R3QYKFVI.js";import"./chunk-EN53AJAX.js";export{a as EngineLens};
