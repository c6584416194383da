import Foundation
import MayflyAPI
package import MayflyCore

/// Writes audit records in the forms that other systems read: one line each, without a line feed.
package struct AuditFormatter: Sendable {
    package let format: AuditExporter.Format
    /// The installation's name.
    package let installation: String
    /// Mayfly's.
    package let version: String

    package init(_ format: AuditExporter.Format, installation: String, version: String) {
        self.format = format
        self.installation = installation
        self.version = version
    }

    package func line(_ record: MayflyCore.AuditRecord) throws -> [UInt8] {
        switch format {
        case .json: Array(try MayflyJSON.encoder().encode(MayflyAPI.AuditRecord(record)))
        case .ocsf: Array(try MayflyJSON.encoder().encode(ocsf(record)))
        case .ecs: Array(try MayflyJSON.encoder().encode(ecs(record)))
        case .cef: Array(cef(record).utf8)
        }
    }
}

extension AuditEvent {
    /// The actor's name, the daemon's for what it does by itself.
    var actorName: String {
        switch actor {
        case .person(let identity): identity.user
        case .broker: "mayflyd"
        }
    }

    var actorUID: String? {
        switch actor {
        case .person(let identity): String(identity.uid)
        case .broker: nil
        }
    }

    /// A sentence for people who skim.
    var summary: String {
        var parts = ["\(action.rawValue) \(outcome.rawValue) by \(actorName)"]
        if let profile = subject.profile { parts.append("profile \(profile)") }
        if let role = subject.role { parts.append("role \(role)") }
        if let reason { parts.append("reason: \(reason)") }
        return parts.joined(separator: "; ")
    }
}
