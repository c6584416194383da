public import Foundation

/// How it stands with the keys of an issuer or an approval authority.
public struct SignerStatus: WireObject {
    /// Its name in the configuration.
    public var name: String
    /// How many keys are in use; 0 before the first token, and while there are none.
    public var keys: Int
    /// When they were read or fetched last.
    public var updatedAt: Date?
    /// Why that did not work last.
    public var problem: String?

    public enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case keys
        case updatedAt = "updated_at"
        case problem
    }

    public init(name: String, keys: Int, updatedAt: Date? = nil, problem: String? = nil) {
        self.name = name
        self.keys = keys
        self.updatedAt = updatedAt
        self.problem = problem
    }
}
