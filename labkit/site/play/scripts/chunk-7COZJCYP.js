var e={stop:"came to its end",length:"cut off at max_new_tokens",interrupted:"interrupted"};export{e as a};
