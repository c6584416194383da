package import MayflyCore
import Synchronization

extension InMemoryStore {
    package func signOff(_ signOff: SignOff, audit: AuditEvent) async throws(StoreError) {
        try write { state throws(StoreError) in
            state.signOffs.append(signOff)
            try state.append([audit])
        }
    }

    package func signOffs(_ query: SignOffQuery) async throws(StoreError) -> [SignOff] {
        if let prefix = query.idPrefix, prefix.utf8.count < 4 { return [] }
        return state.withLock { state in
            let found = state.signOffs.reversed().filter { signOff in
                (query.database.map { $0 == signOff.database } ?? true)
                    && (query.idPrefix.map(signOff.id.rawValue.hasPrefix) ?? true)
            }
            return found.prefix(max(query.limit, 0)).map { $0.told(withPack: query.withPacks) }
        }
    }
}

extension SignOff {
    fileprivate func told(withPack: Bool) -> SignOff {
        SignOff(
            id: id, database: database, period: period, sha256: sha256, pack: withPack ? pack : "",
            note: note, by: by, at: at)
    }
}
