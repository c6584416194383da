import MayflyCore

/// `notifications: { targets: { chat: { kind: webhook, … } }, warn_before: 5m }`
struct NotificationsSection {
    static let keys = ["targets", "warn_before"]

    let profiles: ProfileSection.Parsed?
    let databases: DatabaseSection.Parsed?
    let environment: ConfigurationEnvironment

    func read(_ field: Field) -> Notifications? {
        guard let section = Section(field, keys: Self.keys) else { return nil }
        var notifications = Notifications()
        if let field = section.optional("warn_before"), let before = field.duration() {
            if before.seconds > 86_400 {
                field.error("\(before) is out of range", fix: "1s to 1d")
            }
            notifications.warnBefore = before.seconds
        }
        let targets = section.optional("targets").flatMap { $0.entries(of: "targets") } ?? []
        notifications.targets = targets.compactMap { name, key, value in
            guard ProfileName.isValid(name) else {
                key.error(
                    "is not a name for a target",
                    fix: "1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit")
                return nil
            }
            return NotificationTargetSection(
                profiles: profiles, databases: databases, environment: environment
            ).read(value, name: name)
        }.sorted { $0.name < $1.name }
        return notifications
    }
}
