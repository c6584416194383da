public import Foundation

/// The duty to look at a break-glass lease, and what came of it.
public struct Review: WireObject {
    /// The id.
    public var id: String
    /// Where it stands.
    public var state: ReviewState
    /// Who broke the glass.
    public var requester: String
    /// Their uid.
    public var requesterUid: UInt32
    /// Which person that is.
    public var person: String
    /// The profile that was taken.
    public var profile: String
    /// On which database.
    public var database: String
    /// The rule that gave it.
    public var rule: String
    /// Why, in the requester's words.
    public var reason: String?
    /// What was taken: how long, and how it stands.
    public var lease: Lease
    /// When it was issued.
    public var createdAt: Date
    /// Until when somebody has to look at it.
    public var dueAt: Date
    /// When it was found overdue.
    public var overdueAt: Date?
    /// Whether the person has no more break-glass while it is overdue.
    public var suspends: Bool
    /// Who may review it, besides auditors and administrators.
    public var reviewers: [String]
    /// Whether the caller may.
    public var mayReview: Bool
    /// What was found.
    public var verdict: ReviewVerdict?
    /// In the reviewer's words.
    public var note: String?
    /// Who reviewed it.
    public var reviewedBy: String?
    /// When.
    public var reviewedAt: Date?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case state
        case requester
        case requesterUid = "requester_uid"
        case person
        case profile
        case database
        case rule
        case reason
        case lease
        case createdAt = "created_at"
        case dueAt = "due_at"
        case overdueAt = "overdue_at"
        case suspends
        case reviewers
        case mayReview = "may_review"
        case verdict
        case note
        case reviewedBy = "reviewed_by"
        case reviewedAt = "reviewed_at"
    }

    public init(
        id: String, state: ReviewState, requester: String, requesterUid: UInt32, person: String,
        profile: String, database: String, rule: String, reason: String? = nil, lease: Lease,
        createdAt: Date, dueAt: Date, overdueAt: Date? = nil, suspends: Bool, reviewers: [String],
        mayReview: Bool, verdict: ReviewVerdict? = nil, note: String? = nil, reviewedBy: String? = nil,
        reviewedAt: Date? = nil
    ) {
        self.id = id
        self.state = state
        self.requester = requester
        self.requesterUid = requesterUid
        self.person = person
        self.profile = profile
        self.database = database
        self.rule = rule
        self.reason = reason
        self.lease = lease
        self.createdAt = createdAt
        self.dueAt = dueAt
        self.overdueAt = overdueAt
        self.suspends = suspends
        self.reviewers = reviewers
        self.mayReview = mayReview
        self.verdict = verdict
        self.note = note
        self.reviewedBy = reviewedBy
        self.reviewedAt = reviewedAt
    }
}
