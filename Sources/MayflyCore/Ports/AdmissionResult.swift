package enum AdmissionResult: Sendable {
    case admitted
    /// A limit was met: too many leases or requests, a conflict, or a lockdown. The request is on record as denied, unless too
    /// many were.
    case overQuota(Refusal)
    /// The same caller used the key for this request and lease before; nothing was recorded. A lease that failed
    /// is not repeated: the request is admitted anew, under the same key.
    case repeated(AccessRequest, Lease)
    /// The same caller used the key for this request before, which has no lease.
    case waiting(AccessRequest)
    /// What was to be redeemed cannot be; nothing was recorded.
    case notRedeemed(AccessRequest.RedemptionRefusal)
}
