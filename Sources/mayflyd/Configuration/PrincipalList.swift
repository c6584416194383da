import MayflyCore

/// `[ "group:developers", "user:ci", "uid:1001" ]`
enum PrincipalList {
    static func read(_ field: Field, allowEmpty: Bool, allowAnyone: Bool) -> [Principal]? {
        guard let items = field.list(of: "people", allowEmpty: allowEmpty) else { return nil }
        return items.compactMap { item in
            guard let text = item.string("a person or group") else { return nil }
            guard let principal = Principal(text) else {
                item.error(
                    "\(item.shown(text)) names nobody",
                    fix: "\"user:NAME\", \"group:NAME\", \"uid:NUMBER\"" + (allowAnyone ? " or anyone" : ""))
                return nil
            }
            guard allowAnyone || principal != .anyone else {
                item.error("anyone is too many here", fix: "name a group")
                return nil
            }
            return principal
        }
    }
}
