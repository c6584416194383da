package import MayflyCore

/// What comes of asking for more time for a lease.
package struct ExtensionAnswer: Sendable {
    package var request: AccessRequest
    /// With its new end, when it was decided at once.
    package var lease: Lease?

    package init(request: AccessRequest, lease: Lease?) {
        self.request = request
        self.lease = lease
    }
}
