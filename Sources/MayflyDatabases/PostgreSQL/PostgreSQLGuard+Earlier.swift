extension PostgreSQLGuard.Module {
    /// The digests of the bodies that an earlier version of the script had; nil for a version that never was.
    ///
    /// Taken from the scripts as they were released: a guard that is merely older is told from one that was altered.
    func bodyDigests(ofVersion version: Int) -> [String: String]? {
        switch (self, version) {
        case (.core, 1): Self.core1
        case (.cleanup, 1): Self.cleanup1
        default: nil
        }
    }

    private static let core1: [String: String] = [
        "mayfly.backends":
            "527e9582ab3731c42ef86142434e50e038d824252e42dc4cc3910e66f2fbdfe4",
        "mayfly.belongs":
            "88cfe470aa10b41331d9b6717fd80abdebcb559f2d80bf0bc67a24c9843c75c9",
        "mayfly.catalogued":
            "7d33176b71817d08af72bf6bfde68e367642542b4223f15d20f4c9495bca3445",
        "mayfly.check_groups":
            "5f9a77760fe12b0aa432cf4a6d81a1a20d1bb2c669cf408c281868b235d319a6",
        "mayfly.check_powers":
            "3f34a9aa9defe51056944fdf5a5945e0e145a873f0b4dd5ad9ba7069a417aeab",
        "mayfly.check_room":
            "2ecada51ef9e4ad5e2b9526dd2947bc277cc2224720b549f6f253b903d9d98ed",
        "mayfly.check_shape":
            "d0c7e779c55c5ab643e74d93105e8ab31bf789409c29f50885a9cb27cc9c9c4f",
        "mayfly.check_text":
            "65722386cc7c2f9ec8674943aa2884430837ff36c0b341e3b8ff4960ae8076a2",
        "mayfly.check_ttl":
            "e57f7eff388e71ef415c38161aa78bb31297f39f720df2866a1bd413b207aaa9",
        "mayfly.check_verifier":
            "f28e7a0b055c3f262049639552d2cdf999d146d9e94a5bb9290965aa6f1da497",
        "mayfly.cluster":
            "e0d6238997693cf6cc98d1c3e8bc4ad2e36fa4e2d8436b65702d2caa3ef62024",
        "mayfly.comment_prefix":
            "0931be91c65dde53b4321120c319999905e5882e052a4bfcbea2f4e78f8f413e",
        "mayfly.dependents":
            "2a2d9f5e6511e61831aca1c815b2b7db79698b50e651ef0b12b7240954abfaf1",
        "mayfly.describe":
            "f816d809ec813ec3af4a8c825e350b6e64394aa6308120383ba2c74e57d85e0e",
        "mayfly.disable":
            "b771871f0ae888f59e0e14a7f748ec2daed334b109a589914d257a1d309116eb",
        "mayfly.drop":
            "a36cdb2484fdd0bf3beb76443b5e5be04ec2c664525586709265f62ffd89749a",
        "mayfly.end_overdue":
            "1d5e68ce92860054008aa79d64651e3a6adee2cfdb3c1df8794e80234a1b3dcd",
        "mayfly.end_sessions":
            "6f41077877395a69b2135d9d326fbcaf4fa35607640e050f54eb22aecfb7100d",
        "mayfly.find":
            "d4b9cf4b43a6f179032d8de34b33a86897a2519eb233c5390b0d5b1529bff965",
        "mayfly.hanging":
            "574ecadc71bc266b3f60186ab6b673ad9b85ecc84e9f9c04c93849a29148092c",
        "mayfly.is_altered":
            "e48f502f58ef76059baa5f3cb93d1fcfe1209db8de763b9ac6565c791e38518f",
        "mayfly.issue":
            "290c0cc5550a902ae7f47480388f3f23636dd0e0719861212575f896149f57fc",
        "mayfly.lock":
            "54a2a54dce54f45b71026565d7985bd5326895f25f55724e2f2a8dde89813683",
        "mayfly.make_role":
            "ab6ecc69b34fab931a3f72ca4e9bda4991fb8dd6bfc5b7ec352787a40b609c57",
        "mayfly.members":
            "78d70ff9e0e2eab9aeb08ad8687f397fa6c632eadcfc66a279aa22670ee37ce1",
        "mayfly.registered":
            "670ebf115058e97e53a078aba9e6faaf95270eaece97b8488305ff2fe810f99f",
        "mayfly.renew":
            "d316721b3c83d2c9a3031c1f19476d8bdd4fba0065c3bb87d78d69a28aa1ae34",
        "mayfly.replace_verifier":
            "359b0989b46015878c1d3d98d6e3065f7750c0b8d8882ae11df5f21f0c022826",
        "mayfly.roles":
            "3d0b493395338d34cb84bc35c8cdbd6d0dee4e8693ed15dab49ed2bf5a14427f",
        "mayfly.room":
            "4e1357ceb820184e7e0d1d6e1ba22c9ffe494b7ca09628116a7ce13132b93fbe",
        "mayfly.sessions":
            "503d4e25e0328fe545bdeff5ed69d93180fa48573f9d38d4125e3875343c8113",
        "mayfly.settings_of":
            "f52decaaf945e7d0507442816cd33fd7c42b6d32b8252cb68ad7f2effda5fb1c",
        "mayfly.standing":
            "aa1189bd4f33bb9a3d1a018713883008d4d401096207260cf8543056c732efdc",
        "mayfly.take_memberships":
            "fa36b4acdaaf56c902188268cd07b8640d02d20267a7fe742f08a417833196c9",
        "mayfly.terminate":
            "021033f1bb342a18d2dfde1fc75b44f091dc0b6ce78f762d779b5721cd52b600",
        "mayfly.verifier_sha256_of":
            "a03f5abab063f9e9931c970a95b83f83870a52a575980f919ef8a9f8724bf4c0",
        "mayfly.whole_number":
            "045e2b1a2f63d0bb6f9e89aa16f5818855a5516ca5fe76cf5bde1f8fa81b06b1",
        "mayfly.write_comment":
            "a1d6b779b866eba8e2b686aeac3abd775c3e4b1ca06dc8a224a39a9b1d0462e9",
    ]

    private static let cleanup1: [String: String] = [
        "mayfly_cleanup.clean":
            "222c0b88df730a0f5f11b53c151e4fbdf98ffa0676ebf844a605a450cfa428cf",
        "mayfly_cleanup.describe":
            "b9f335c78d7b885b583b6d51fdadd71de2422860ebf7ea147efd701fd3738feb",
        "mayfly_cleanup.ended_role":
            "09d9e1a4c4ed277807a3075812b6665eae5e30a3f6b4f6edb6e4ca3b0e6abe44",
    ]
}
