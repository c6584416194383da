package import MayflyAPI
package import MayflyCore

/// A lease that was made (or, by its idempotency key, found again), with its credential.
///
/// The credential's password is a `String` because the reply's encoder takes one: it is made when the reply is
/// about to be written, and nothing else keeps it.
package struct Issued: Sendable {
    package let request: MayflyCore.AccessRequest
    package let lease: MayflyCore.Lease
    package let credential: MayflyAPI.Credential
    package let grant: Grant
    /// The answer to a repeated create: the lease is the earlier one.
    package let isRepeated: Bool

    package init(
        request: MayflyCore.AccessRequest, lease: MayflyCore.Lease, credential: MayflyAPI.Credential,
        grant: Grant, isRepeated: Bool = false
    ) {
        self.request = request
        self.lease = lease
        self.credential = credential
        self.grant = grant
        self.isRepeated = isRepeated
    }
}
