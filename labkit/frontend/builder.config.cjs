// The builder's own module ids depend on the folder in which it runs; natural ids number the modules in their order.
// What several views share is a file of its own from 2 kB on, so that no view carries it again.
module.exports = {
  optimization: {
    moduleIds: "natural",
    chunkIds: "natural",
    splitChunks: { chunks: "async", minSize: 2_000 },
  },
};
