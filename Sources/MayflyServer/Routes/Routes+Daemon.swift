import MayflyAPI
import MayflyCore

/// The daemon itself: health, its description, metrics, databases.
extension Routes {
    func health(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .open { broker throws(Refusal) in
            let health = await broker.health()
            return try .json(Health(health), status: health.status == .failing ? 503 : 200)
        }
    }

    func openAPI(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .open { _ in .bytes(PackageResources.openapi_json, contentType: MayflyJSON.contentType) }
    }

    func metrics(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, _ in
            .bytes(
                PrometheusText.render(await broker.metrics()).utf8, contentType: PrometheusText.contentType)
        }
    }

    func notificationTargets(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, _ throws(Refusal) in
            let targets = try await broker.notificationTargets()
            return try .json(NotificationTargetList(targets: targets.map { NotificationTargetStatus($0) }))
        }
    }

    func databases(_ call: Call) throws(Refusal) -> Action {
        try call.noQuery()
        return .identified { broker, identity throws(Refusal) in
            let roles = await broker.roles(of: identity)
            let databases = try await broker.databases(by: identity)
            return try .json(
                DatabaseList(databases: databases.map { DatabaseStatus($0, withErrors: !roles.isEmpty) }))
        }
    }
}
