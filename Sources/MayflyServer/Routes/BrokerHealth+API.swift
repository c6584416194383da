import MayflyAPI
import MayflyCore

extension Health {
    init(_ health: BrokerHealth) {
        self.init(
            status: HealthStatus(health.status), version: health.version, installation: health.installation,
            startedAt: health.startedAt,
            state: StateHealth(writable: health.stateError == nil, error: health.stateError),
            audit: health.auditObjection, auditTrouble: health.auditTrouble,
            checkpointAt: health.checkpointAt, checkpointSeq: health.checkpointSequence,
            lockdowns: health.lockdowns,
            signers: health.signers.map {
                SignerStatus(name: $0.name, keys: $0.keys, updatedAt: $0.at, problem: $0.problem)
            })
    }
}

extension HealthStatus {
    init(_ status: BrokerHealth.Status) {
        switch status {
        case .ok: self = .ok
        case .degraded: self = .degraded
        case .failing: self = .failing
        }
    }
}
