public import Foundation

/// Who approves how much and how fast, of the requests that were made in a period.
public struct ApprovalsReport: WireObject {
    /// The beginning of the period.
    public var from: Date
    /// Its end.
    public var to: Date
    /// How many requests people were asked about.
    public var requests: Int
    /// How many of them they approved in all.
    public var approved: Int
    /// How many they denied.
    public var denied: Int
    /// How many nobody decided, or nobody redeemed, in time.
    public var expired: Int
    /// How many were withdrawn.
    public var withdrawn: Int
    /// How many wait.
    public var waiting: Int
    /// Each, those who decided most first.
    public var approvers: [ApproverFigures]
    /// All together.
    public var together: ApproverFigures
    /// What is less than that counts as quick.
    public var quickSeconds: Int
    /// How the figures are meant.
    public var definitions: [String]

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case from
        case to
        case requests
        case approved
        case denied
        case expired
        case withdrawn
        case waiting
        case approvers
        case together
        case quickSeconds = "quick_seconds"
        case definitions
    }

    public init(
        from: Date, to: Date, requests: Int, approved: Int, denied: Int, expired: Int, withdrawn: Int,
        waiting: Int, approvers: [ApproverFigures], together: ApproverFigures, quickSeconds: Int,
        definitions: [String]
    ) {
        self.from = from
        self.to = to
        self.requests = requests
        self.approved = approved
        self.denied = denied
        self.expired = expired
        self.withdrawn = withdrawn
        self.waiting = waiting
        self.approvers = approvers
        self.together = together
        self.quickSeconds = quickSeconds
        self.definitions = definitions
    }
}
