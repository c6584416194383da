package import Foundation

/// That a signed approval was used: recorded with what it did, once for ever.
package struct ApprovalUse: Hashable, Sendable {
    package let authority: String
    package let id: String
    package let request: RequestID
    package let at: Date

    package init(_ approval: SignedApproval, for request: RequestID, at: Date) {
        authority = approval.authority
        id = approval.id
        self.request = request
        self.at = at
    }
}
