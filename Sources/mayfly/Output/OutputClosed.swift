/// Whoever read our output has closed it.
struct OutputClosed: Error {}
