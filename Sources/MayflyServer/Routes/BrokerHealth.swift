package import Foundation
package import MayflyCore

/// How the daemon is. Safe to show to anyone who reaches the socket.
package struct BrokerHealth: Sendable {
    package enum Status: String, Sendable {
        /// Everything works.
        case ok
        /// Some database is unreachable or has findings, or some target of notifications takes none; the rest works.
        case degraded
        /// No lease can be given out.
        case failing
    }

    package var status: Status
    package var version: String
    /// The installation's name.
    package var installation: String
    package var startedAt: Date
    /// Nil while the state can be written.
    package var stateError: String?
    /// Why no checkpoint of the audit log is made; nil while it is as it was signed.
    package var auditObjection: String?
    /// What keeps checkpoints from being made, kept elsewhere or pruned.
    package var auditTrouble: String?
    /// When the last checkpoint was signed, and the last record that it covers; nil until that was looked at.
    package var checkpointAt: Date?
    package var checkpointSequence: Int64?
    /// How many are in force.
    package var lockdowns: Int
    /// The issuers and approval authorities of the configuration.
    package var signers: [SignerHealth]

    package init(
        status: Status, version: String, installation: String, startedAt: Date, stateError: String? = nil,
        lockdowns: Int = 0, signers: [SignerHealth] = []
    ) {
        self.status = status
        self.version = version
        self.installation = installation
        self.startedAt = startedAt
        self.stateError = stateError
        self.lockdowns = lockdowns
        self.signers = signers
    }
}
