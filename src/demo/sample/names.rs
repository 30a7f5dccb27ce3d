//! Names of the sample's customers: the scripts that a console must draw.

/// First and last name of a made-up customer.
pub(super) const NAMES: [(&str, Option<&str>); 24] = [
    ("Ali", Some("Karimi")),
    ("علی", Some("رضایی")),
    ("Мария", Some("Иванова")),
    ("Sara", None),
    ("زهرا", None),
    ("Дмитрий", None),
    ("🦊 Fox", None),
    ("Jürgen", Some("Müller")),
    ("محمدرضا", Some("حسینی‌نژاد")),
    ("Ольга", Some("Кузнецова-Щербакова")),
    ("Łukasz", Some("Żak")),
    ("👨‍👩‍👧 family", None),
    ("مریم ❤️", None),
    ("Reza", Some("T.")),
    ("Ёж", None),
    ("José", Some("Núñez")),
    ("美咲", None),
    ("کیان", Some("موسوی")),
    ("Сергей 🚗", None),
    ("O'Brien", Some("\"Mac\"")),
    ("İpek", Some("Şahin")),
    ("نگار", Some("🌸")),
    ("A customer with a very long name indeed", Some("who pays for three months at once")),
    ("x", None),
];
