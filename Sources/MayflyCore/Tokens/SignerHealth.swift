package import Foundation

/// How it stands with a signer's keys. Safe to show.
package struct SignerHealth: Hashable, Sendable {
    package var name: String
    /// How many keys are in use; 0 while there are none.
    package var keys: Int
    /// When they were read or fetched last.
    package var at: Date?
    /// Why that did not work last.
    package var problem: String?

    package init(name: String, keys: Int, at: Date?, problem: String?) {
        self.name = name
        self.keys = keys
        self.at = at
        self.problem = problem
    }
}
