/// The body of a call. The daemon refuses members that are not among `keys`: a misspelt `ttl_secconds` must not
/// silently become the default.
public protocol WireRequest: WireObject {}
