// The builder's own module ids depend on the folder in which it runs; natural ids number the modules in their order.
module.exports = { optimization: { moduleIds: "natural", chunkIds: "natural" } };
