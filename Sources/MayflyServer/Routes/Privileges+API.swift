import MayflyAPI
import MayflyCore

extension MayflyAPI.PrivilegeReading {
    init(_ reading: MayflyCore.PrivilegeReading) {
        self.init(
            readAt: reading.readAt, confirmedAt: reading.confirmedAt, sha256: reading.hash,
            entries: reading.privileges.entries.map(PrivilegeEntry.init), cut: reading.privileges.isCut)
    }
}

extension PrivilegeEntry {
    init(_ entry: EffectivePrivileges.Entry) {
        self.init(
            kind: entry.kind, name: entry.name, privileges: entry.privileges, everybody: entry.isPublic)
    }
}

extension ServerPreview {
    init(_ preview: Result<RolePreview, EngineFailure>) {
        switch preview {
        case .success(let preview):
            self.init(
                statements: preview.statements,
                privileges: preview.privileges.entries.map(PrivilegeEntry.init))
        case .failure(let failure):
            self.init(statements: [], privileges: [], unknown: failure.publicMessage)
        }
    }
}
