import MayflyCore

/// `client: { host: orders.db.internal, port: 6432 }`: what the requester is told, where it differs.
enum ClientSection {
    static func read(_ field: Field, at place: HostList.Place) -> DatabaseDefinition.Endpoint? {
        guard let section = Section(field, keys: ["host", "port"]) else { return nil }
        let told = section.optional("port").map { $0.integer(1...65_535) } ?? place.port
        let host = section.required("host", fix: "the name that requesters connect to").flatMap { field in
            if field.isScalar {
                return HostList.read(field, at: .init(family: place.family, port: told ?? place.port))
            }
            field.error("one host is needed, this is \(field.kind)", fix: nil)
            return nil
        }
        guard let host = host?.first, let told else { return nil }
        return DatabaseDefinition.Endpoint(host: host, port: told)
    }
}
