import Foundation
import Testing

/// The document as the daemon serves it.
struct OpenAPIDocument {
    let root: [String: Any]

    init() throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/MayflyServer/openapi.json")
        let object = try JSONSerialization.jsonObject(with: try Data(contentsOf: file))
        root = try #require(object as? [String: Any])
    }

    /// Operations as `GET /v1/leases`.
    func operations() throws -> [String: [String: Any]] {
        var all: [String: [String: Any]] = [:]
        for (path, verbs) in try #require(root["paths"] as? [String: [String: [String: Any]]]) {
            for (verb, operation) in verbs { all["\(verb.uppercased()) \(path)"] = operation }
        }
        return all
    }

    func schemas() throws -> [String: [String: Any]] {
        let components = try #require(root["components"] as? [String: Any])
        return try #require(components["schemas"] as? [String: [String: Any]])
    }

    func component(_ kind: String, _ reference: String) throws -> [String: Any] {
        let components = try #require(root["components"] as? [String: Any])
        let all = try #require(components[kind] as? [String: [String: Any]])
        let name = try #require(reference.split(separator: "/").last)
        return try #require(all[String(name)])
    }
}
