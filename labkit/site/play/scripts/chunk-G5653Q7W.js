var d=(n,e)=>({header:n,bytes:new DataView(e.buffer,e.byteOffset,e.byteLength)});export{d as a};
