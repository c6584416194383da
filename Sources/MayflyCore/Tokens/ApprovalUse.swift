package import Foundation

/// That a signed approval was used: recorded with what it did, once for ever, whatever the configuration comes to call
/// its authority.
package struct ApprovalUse: Hashable, Sendable {
    /// `iss`.
    package let issuer: String
    package let id: String
    package let request: RequestID
    package let at: Date

    package init(_ approval: SignedApproval, for request: RequestID, at: Date) {
        issuer = approval.issuer
        id = approval.id
        self.request = request
        self.at = at
    }
}
