package import Foundation
package import MayflyCore

/// How one database is, as the broker last saw it.
package struct DatabaseHealth: Sendable {
    package var name: DatabaseName
    package var engine: EngineKind
    package var mode: DatabaseDefinition.Mode
    package var health: EngineHealth
    /// Leases that are not over.
    package var liveLeases: Int
    /// Leases whose time is over and whose login role is not known to be gone.
    package var due: Int
    package var checkedAt: Date?
    package var retired: Bool
    /// Roles that the state does not know wait for an administrator's decision.
    package var safeMode: Bool
    /// What was noticed; empty for callers who may not see it.
    package var findings: [Finding]

    package init(
        name: DatabaseName, engine: EngineKind, mode: DatabaseDefinition.Mode = .guard,
        health: EngineHealth, liveLeases: Int, due: Int,
        checkedAt: Date?, retired: Bool, safeMode: Bool = false, findings: [Finding]
    ) {
        self.name = name
        self.engine = engine
        self.mode = mode
        self.health = health
        self.liveLeases = liveLeases
        self.due = due
        self.checkedAt = checkedAt
        self.retired = retired
        self.safeMode = safeMode
        self.findings = findings
    }
}
