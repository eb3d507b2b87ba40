/**
 * SHA-256 (hex) of secrets that are printed in public: defaults, documentation, tutorials, placeholders. Whoever signs
 * with one of them signs with everyone's key. Only digests, so that this file is not one more place that prints them.
 */
export const knownSecretDigests: ReadonlySet<string> = new Set([
  // xiaozhi and its ports
  "be72d28a903c62a7127b00ddb94411b04813d2b93b12601a60639408fe4fb5a5", // default of the EMQX fork of xiaozhi-esp32-server and of its Java twin
  "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b", // what a xiaozhi console signs with when its key parameter was never set
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", // .env example in the documentation of xiaozhi-mqtt-gateway
  "88bbb96da6eed7cb40bde874373bb522a18ec22b7192afd5560238d3550afc85", // server secret in the same .env example
  "4c5dc9b7708905f77f5e5d16316b5dfb425e68cb326dcd55a860e90a7707031e", // bearer that xiaozhi-mqtt-gateway sends when its server secret is unset
  "e6a17027f0d8d1576ea7401924464f4696da16234e3e3d5c6e2e0b2649753af8", // .env example in the README of a Java port of the gateway
  "ef040dd040474047d4c340ad149aa0079bb874fadb9d3c96f0433cccc4f1c05e", // data/.config.yaml example in a xiaozhi set-up guide
  "0d149de81d9163e746e28153942149beb74a8d493a067c3d07132395dc055a4b", // default in a public Docker image of a xiaozhi gateway
  "1eb29a62be1c84ecd12f75dbedc39ebdc619db83cdb57535821674e0b9ef08b0", // default in a Node port of xiaozhi-server
  "5a68bf52246b632a2f9f6ab623aa3d38dd0343e44791adb7a168f4211a1ff27d", // placeholder in .env examples of signed webhooks and HMAC samples
  "588efec7d33730725075bd56fa74bb7fd9edeac8de77642514845a308e82a50e", // the same, shorter
  "899dde7651412a4ed62d58e18dc7c1eba313fc9a44e0dd5d763c9cb7e4cec40b", // placeholder in the EMQX guide for xiaozhi
  "e9e9aad1b6750ef10922e073e9932c9494dd262469694c46a1458346301c9d4f", // placeholder in xiaozhi set-up guides
  // the JWT guide for ESP32 sensors
  "efc41e8a4134b4a40d2bec88c81016496f3d84b19665b5e56eafe6f23d53f91e", // compiled into the published sketch and printed in its guide
  // MQTT brokers and IoT servers
  "f6c9d2237cafffc9f270f88e40c2e86e8042230f43f91c636cce1c067d47ead7", // default of the JWT authenticator in the EMQX 4 and EMQX Cloud documentation
  "e0801ee693849f5122e620b987cd316f2af194eef70b8d7192b2c543304f27af", // examples of JWT and HTTP authentication for EMQX
  "33ec35c4e3dd49c601ef6e9f9a59de55e3c466ae4651c598a99573da3aac8e95", // default node cookie of EMQX
  "efa1f375d76194fa51a3556a97e641e61685f914d446979da50a551a4333ffd7", // default dashboard password of EMQX and NanoMQ
  "aad9d2981f1d7f3411b19457ec162829431c4e4564b64cd57181a065aea1cfef", // default JWT signing key of ThingsBoard
  "c314b5e03e5db033ccfba4c82e4494669aa83cbdb63fb99da76d5be37d4bc8e0", // API secret in the sample configuration of ChirpStack 4
  "36dd292533174299fb0c34665df468bb881756ca9eaf9757d0cfde38f9ededa1", // JWT secret in the sample configuration of ChirpStack 3
  "bf8061f00bac730cb63cc24bc76f81ec26b449bf6d465075843ce0bf8100f606", // credential secret in the settings file of Node-RED
  // JWT documentation
  "f7d838701b86c5dfb57bf95fbc5ce6df204cfc9f15ad6cdb39fd22f8776e47b6", // jwt.io, HS256 sample until 2025
  "dfd7dc439654f313f3bb7734b467e71d701b6982cd4cb31cf7d555e723c223e9", // jwt.io, HS384 sample until 2025
  "5eef83fe7cb71e2da053f846a07ecf933f49b66ef755ef8627be5e2fe94d7e84", // jwt.io, HS512 sample until 2025
  "465d9ad5d5528ebe287b5dce4fb51620833d09b290e49ddcc70ca6c4a0aea01b", // jwt.io, HS256 sample
  "730d21a80e61a8de82d12cb4c0b8057cff5a30e2dec50ce7a773513374f9164a", // jwt.io, HS384 sample
  "db6833593279d7373592ef70e51f3daf048c04475739f8ed024b0821fd9e7fde", // jwt.io, HS512 sample
  "8b1b17a9740c068accab5c3d0d652c8e3cc13206e70bb73b42ea41d4c2de3c12", // RFC 7515 appendix A.1, base64url text of the key
  "c8ecc9361a05e285f04c26f9572131a6deab07e9e2b865053c6f75a4d8bd2b32", // the same, its bytes
  "0330b11998cbc9abd5a585e755cb5df2f73f1a5632fdcc2abb19e05e3eceddb9", // RFC 7520 section 3.5, base64url text of the key
  "73ec74458059c70cae3f0ade8663fe0da1dc4b114ed8cdac75364140b4458a4c", // the same, its bytes
  "efa6f5d24ecc2fb531e1347ced231ff09842723c12d58e5c8a6dc7b05f767b3b", // examples in the documentation of jose for JavaScript
  "92e2b7f6ed28b457e2ef5ec81ba62be82dda423b60e3d2fbeb0b73e53f4671ce", // README of jsonwebtoken for Node.js
  "12bc106b13c8b95e427a00e01943b66c66b4e15a6760c453c7912d984095770b", // README of express-jwt
  "422b6cfd76dcf88d5d37a901e96200425f83477962de36e06906ebb11a74317b", // README of express-session
  "aec8084845b41a6952d46cbaa1c9b798659487ffd133796d95d05ba45d9096c2", // documentation of Flask-JWT-Extended
  "570dad43de1af4c925f92c16a68a50936da42b7dd6fdeb24850507a1199aac89", // security tutorial of FastAPI
  "3354cfcf65c7b2e6840ea6f880aede239750cb1d063950c4e8fd9fbf9ec73a32", // Spring Boot JWT tutorials, in thousands of repositories
  "640066ac26715851d17a534d4c31486e9c3433786270a7d230d74491eb39b4be", // Spring Boot JWT tutorials
  "619dda9bb451669e4f36a4d8fe2288a14a1de24f01ca4f2b03c327a785d95606", // Spring Boot tutorial of BezKoder
  "d73fddd4a76648f6d885669c0b01a9db16219873df6ed195edc7d2f3d5a11b5f", // Node.js tutorial of BezKoder
  "46fed1daaba94dee9934acbff517c676372f89e7501d7065130dc381b5b7ba0a", // the Spring Boot tutorial's later version
  "127fb8b4209c17220ba6556959d17c5499368ccc66943ee028eb3321832a0361", // Spring Boot tutorial of JavaInUse
  "0ba207a0db0e4c71bfc3f72479d60eae87fec029d7c5bf6c3807b17b7768a244", // public lists of JWT secrets
  "8359196d483664fdf5b46b119f2c9b7b2f561c25c3a38f316aecd613c6e51663", // ASP.NET and Node.js tutorials of Jason Watmore
  "a064b502e61d27e94b8717290e5e1b32e36720e9fbdf952ec81a84c07128cb37", // Supabase, local development
  "1453cea2dc3799e9026e42b3e465e455256d5a149582e4c5b92d4c8d604731a2", // Supabase, .env example for self-hosting
  "fd4dec75abc2df7e4f8776e246ce733d29690230695c4ce8ea7a207eb3a939ab", // PostgREST, tests and examples
  "ef1ca7491dee871be5f0e33a6d3f3e631bc8a69136fa49fddf3f3ca5bf3bd714", // documentation of Hasura
  "103ab5dd9769664c34bb4dcecdbe1aa52a55f75a4a62243238c9abb3bc3d9e02", // .env examples in thousands of repositories
  "d03ecd4b3be81eb23dc31b7a1444f6b8e8fccd117723f6d45f1d127a2b57eb15", // the same, shorter
  "971cb214a0b5c08eac23088b3670e1f1ffe051e56cda87789bfaf025031839eb", // the same, shorter still
  "8eecb3bfd5965e5c85eb857e30d98587a543c6c4139a66efb12163a10a02fb80", // .env examples
  "0d356ede0ba49981912e357d2b5ef4a870a721fd186a5b0881e7425f08b68e13", // .env examples and fall-backs in source code
  "c99758db33af70fbf3588833c77678baa8d763407fcb82c58509e6332a63e21c", // the same
  "55a2aa619c852bbc2a756b83696b60ab1b91ab7163f3e0d8463da815fb93a268", // the same
  "195bbc9b107001c2014fb61611ed892d21cfc04542182692e54b4ad4841a78ce", // the same
  "380829328eaac956e67742143ab4045d240af0d1c17ea658936336d0a53af8bd", // the same
  "c16ffb94169a7be19c4e67e310c8b2044207f83a80c7486dbe95cc385af69cb2", // the same
  // Placeholders and first guesses: samples everywhere, and the head of public lists of JWT secrets
  "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
  "7e32a729b1226ed1270f282a8c63054d09b26bc9ec53ea69771ce38158dfade8",
  "0917b13a9091915d54b6336f45909539cce452b3661b21f386418a257883b30a",
  "057ba03d6c44104863dc7361fe4578965d1887360f90a0895882e58a6248fc86",
  "90e9a40c6fd235ad3cee281fa9e9fdbf7f96356bbec5111dc7724273f2889fd8",
  "ba01338ba5fa0c1584a6d41f93fe550b1d715a8de2da10d6c673131a85658394",
  "e2186dbdb1bb4193608605e84f33208765b5693b55edd4f730a719a100eeea6f",
  "fb86fb757d1241d512865070e05ccb5d17dfaa11a4b2ca04b89bacad17530ad4",
  "00810cf8b94d6fcb9c5de484d3bec4187620b3e2876e59aab90d852fe0f18fb6",
  "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
  "e7cf3ef4f17c3999a94f2c6f612e8a888e5b1026878e4e19398b23bd38ec221a",
  "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
  "37a8eec1ce19687d132fe29051dca629d164e2c4958ba141d5f4133a33f0688f",
  "715dc8493c36579a5b116995100f635e3572fdf8703e708ef1a08d943b36774e",
  "50d858e0985ecc7f60418aaf0cc5ab587f42c2570a884095a9e8ccacd0f6545c",
  "2a97516c354b68848cdbd8f54a226a0a55b21ed138e207ad6c5cbb9c00aa5aea",
  "3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0",
  "2c70e12b7a0646f92279f427c7b38e7334d8e5389cff167a1dc30e73f826b683",
  "0c5373a3b4f3f323e646c1f66e072226266e36524607ef52aa938b1c917da94c",
  "fe56917863d5980019f4b6405239aa2d8e8a967b68c30987dc65f60eaf56cec3",
  "046adb88a188465c6ba56443392821e60e97d3806445ba0e9daea6fb7a94271e",
  "8252ed20f1c69f8af07df3debf7017778e37355698a38ee7774829b090579778",
  "048af2438891a89a3536ac09cc96ccbd34a1714e88cf8fdb63e6186dcc3ff89d",
  "a9ee59cf6f8bbd8bbe2485119bdb7b7334db052ac99a1a69a04c0efdd892fece",
  "67e2ad7ac39c349aa94140872d31cc585440e06c5758f82448f59bc877a191d4",
  "ef1ea5dd2b28d2c127ffb41c522ac19787f408c19195cc2bebb41e227f664e86",
  "730d7ccacc0854e2c819a17be3755a177a2a74497b9359cc0f67f6ddd0fcb2d8",
  "9d90fa5b8004e7534514869f64247096d25a70c356cbcedb58a54ae50f0edbb1",
  "c179dbea62677fbab24805ecff9e3500239e3cee9f968edeab793bda35e97fad",
  "1311f8fc80a7ea28d78dd7723f09c44c1754cd35160ca8e7133ae3d7f636a19a",
  "65f7351ae3a88092fa7dad99a74849007d4e702809cd85e8a26167f05ae67fae",
  "2afe16a6d630d94cd07c68d5e35568655bf5f60bef29c4f1321fc857816afec9",
  "3caa8cac542d2f130481351d6cf702e937f961846b7bb581de851fefe2b88cfd",
  "539cb3b21411a5ad5aa653162bf42f6d45e51d0cb2564f99c31cfc7f22ca44b4",
  "186ef76e9d6a723ecb570d4d9c287487d001e5d35f7ed4a313350a407950318e",
  "1f9233a121057dcedc0b8e6d32fb605d2137879e3974ee6570a07062975845d9",
  "652c7dc687d98c9889304ed2e408c74b611e86a40caa51c4b43f1dd5913c5cd0",
  "d0be733429432f7f00d425e1ab003412afa75d41fe280d8bb2eb3e82fefc56b6",
  "f75778f7425be4db0369d09af37a6c2b9a83dea0e53e7bd57412e4b060e607f7",
  "056b7fe47141b6e48e87caf8f8e5bb92120ac12c6e6944cf7dbcda2db23581cc",
  "5c0b62eb5fb3087afce7e9bac4e0661119bd6278530f56833f8ee18903436cae",
  "e706386a58190ee13247ffc85c07f5fee617aed1e339cd935e64bab32bfe8fc8",
  "baf698c16450117dbe6aee29419e1553d1c39cce63a080adfedd229a1d9c9391",
  "7f5aa1e2e4cce1e41cf9b93db36f87c82a790cedb958bcd7f711c305d21e8db2",
  "34d7a258a0bdee4a7a18bb4f8fba999102ca51ca0373f71fc4533209d6d96ba2",
  "095385f18d217f7724259f7570eb1caa304ee7d644e05384618d817e6ebf6db6",
  "3fc385cecae0693e0482dc9698d4d66896e7090a5bcdbe00ce63e89abbfc80ff",
  "ad165b11320bc91501ab08613cc3a48a62a6caca4d5c8b14ca82cc313b3b96cd",
  "b23813da7f066be253e3bdfa41f87e010b585ff970ff54e428fdcc34b0ad1e50",
  "85dbe15d75ef9308c7ae0f33c7a324cc6f4bf519a2ed2f3027bd33c140a4f9aa",
  "6523e58bc0eec42c31b9635d5e0dfc23b6d119b73e633bf3a5284c79bb4a1ede",
  "570e6f300a19dd0e854547671cbd7fa8e98b5564229e7d1ba1ee9234a2ce3074",
  "73ef2a4edd7a7fbf07fd5f6faf99674dc0c25a025fd74c221f4c35849e5c0fb3",
  "f44ef9e360834c4e49dc3cc321d8fa6f9750212362e90166e0c4bcd99d87e81a",
  "dd8d38af8ca3b7e5cc8990aecfd9bf8ee8d30491fbcdcc53aafd53453ce03e7c",
  "e88040e7d0052eeb5dcf0fd834e4835ff329b275e6a9889058e8d16c38da9514",
  "f64fcdc5eed5fe40cb8ad4a27a73fdc7709b92a910f438383d077608bd7d4cd5",
  "364ef2ad9af2773dbc128265c250094a5a2d0a2cc66e9e49e4a34d6c58acec4b",
  "d8def346ba4c5cb40331ce85d601f02e0506f3a41264e6cd4fddd81088ed2ab8",
  "96d509fb90816e5cb9e8f1a744c30019fb61dc4b41c31c3e2e83ac0d7d496352",
  "53336a676c64c1396553b2b7c92f38126768827c93b64d9142069c10eda7a721",
  "190aec7389a3b0b5b6c67ac2756cb7b7bc6e5d936ae83d34f55a150a67a13003",
  "9a68e85b5f0593edc601435d236cf9b0917405f6012f0f946ddf4f6250485382",
  "4e738ca5563c06cfd0018299933d58db1dd8bf97f6973dc99bf6cdc64b5550bd",
  "1ec1c26b50d5d3c58d9583181af8076655fe00756bf7285940ba3670f99fcba0",
  "a3375407f93ae0ed44d3a68954f94cf521e71ac8cffaaa2679179c3707cf00f4",
  "9caf06bb4436cdbfa20af9121a626bc1093c4f54b31c0fa937957856135345b6",
  "52bfd2de0a2e69dff4517518590ac32a46bd76606ec22a258f99584a6e70aca2",
  "59953998e54a579be74c1b7344cd55c64981451b066a35c9d7baf5497f16d865",
  "62af8704764faf8ea82fc61ce9c4c3908b6cb97d463a634e9e587d7c885db0ef",
  "98483c6eb40b6c31a448c22a66ded3b5e5e8d5119cac8327b655c8b5c4836489",
  "298754db2dbab6ec62605ceb0379eb7ee376580359449efe0caa3aa06cd56736",
  "202576c5dc6a55ad30cc72fcf23e6048f0356c347f0045e4a63da19ce99882f6",
  "fcf730b6d95236ecd3c9fc2d92d7b6b2bb061514961aec041d6c7a7192f592e4",
  "2ed06766795d58a4f22d511a672f20a6b096d3fe5b56af3a744678a9a356fd82",
  "ef92b778bafe771e89245b89ecbc08a44a4e166c06659911881f383d4473e94f",
  "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92",
  "ef797c8118f02dfb649607dd5d3f8c7623048c9c063d532cc95c5ed7a898a64f",
  "c775e7b757ede630cd0aa1113bd102661ab38829ca52a6422ab782862f268646",
  "1df4b07d05b9b3b1115b4b6b22af319a2f99564a2fa2573a34896063c7513c10",
  "e9cfcc4980e32ec6f3e8fca563f4de3c5f53766a8f0cc37accffc8ce1d99ff98",
  "7e87aeda4c1af26bae79c21b11237ff266fac880ef63c1d7089288a85a954624",
  "4097889236a2af26c293033feb964c4cf118c0224e0d063fec0a89e9d0569ef2",
  "eb045d78d273107348b0300c01d29b7552d622abbc6faf81b3ec55359aa9950c",
  "c3ab8ff13720e8ad9047dd39466b3c8974e592c2fa383d4a3960714caef0c4f2",
  "65e84be33532fb784c48129675f9eff3a682b27168c0ea744b2cf58ee02337c5",
]);
