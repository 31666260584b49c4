import{a}from"./chunk-CXRDK4VT.js";import"./chunk-G5653Q7W.js";import"./chunk-2EJ6WCR3.js";import"./chunk-R3QYKFVI.js";import"./chunk-L4RMJD7O.js";import"./chunk-EN53AJAX.js";export{a as EngineLens};
