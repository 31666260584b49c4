import{a}from"./chunk-PDTLZDBA.js";import"./chunk-QWRAEKRR.js";import"./chunk-2EJ6WCR3.js";import"./chunk-R3QYKFVI.js";import"./chunk-L4RMJD7O.js";import"./chunk-EN53AJAX.js";export{a as EngineLens};
