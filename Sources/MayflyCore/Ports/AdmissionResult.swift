package enum AdmissionResult: Sendable {
    case admitted
    /// A limit was met: too many leases or requests, or a conflict. The request is on record as denied, unless too
    /// many were.
    case overQuota(Refusal)
    /// The same caller used the key for this request and lease before; nothing was recorded. A lease that failed
    /// is not repeated: the request is admitted anew, under the same key.
    case repeated(AccessRequest, Lease)
}
