import MayflyAPI
import MayflyCore

extension DatabaseStatus {
    /// - Parameter withErrors: for auditors and administrators; an error may name hosts and accounts.
    init(_ database: DatabaseHealth, withErrors: Bool) {
        let health = database.health
        self.init(
            name: database.name.rawValue, engine: EngineName(database.engine), reachable: health.reachable,
            serverVersion: health.serverVersion, guardVersion: health.guardVersion.map(String.init),
            mode: BrokerMode(database.mode), liveLeases: database.liveLeases, due: database.due,
            lastError: withErrors ? health.failure?.description : nil, checkedAt: database.checkedAt,
            clockSkewSeconds: health.clockSkew, retired: database.retired,
            safeMode: database.safeMode,
            findings: withErrors ? database.findings.compactMap { MayflyAPI.Finding($0) } : [])
    }
}

extension MayflyAPI.Finding {
    /// Nil for what is as it should be.
    init?(_ finding: MayflyCore.Finding) {
        let level: FindingLevel
        switch finding.severity {
        case .ok: return nil
        case .note: level = .note
        case .warning: level = .warning
        case .error: level = .error
        }
        self.init(level: level, message: "\(finding.check): \(finding.message)", fix: finding.statement)
    }
}
