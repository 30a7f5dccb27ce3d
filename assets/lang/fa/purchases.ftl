### Purchases: the table, and one of them.

list-not-read = فهرست خوانده نشد: 2 دوباره می‌خواند
list-reading = در حال خواندن فهرست
list-empty = خریدی نیست: ربات چیزی نفروخته، یا `alamor add purchase` اضافه می‌کند
list-no-match = هیچ خریدی با پالایه نمی‌خواند: / آن را عوض می‌کند
active-count = { $count } فعال
sort = ترتیب
filter = پالایه
listed-count = { $count } در فهرست
sort-age = سن
sort-id = شناسه
sort-user = کاربر
sort-expires = پایان
sort-state = وضعیت
sort-links = لینک
column-id = شناسه
column-user = کاربر
column-panels = پنل‌ها
column-profile = پروفایل
column-links = لینک
column-age = سن
column-expires = پایان
column-compared = مقایسه
why-since = { $what }، از { $at }
links-are-kept = { $n ->
    [one] { $count } لینک مانده
   *[other] { $count } لینک مانده
}
has-no-panels = پنلی ندارد
compared-with-own = مقایسه با اشتراک خودش: { $when }
reading-it = در حال خواندن
no-links-kept = لینکی نیست: مشترکان چیزی نمی‌گیرند
last-updates = به‌روزرسانی‌های اخیر
none-yet = هنوز هیچ
user = کاربر { $id }
kept-count = { $count } مانده
label-expires = پایان
label-panels = پنل‌ها
label-address = نشانی
label-tried = تلاش
label-compared = مقایسه
label-note = یادداشت
label-by-hand = دستی
profile = پروفایل { $name }
no-address = ندارد: شناسهٔ اشتراک ندارد
never-with-own = هرگز با اشتراک خودش
with-own = با اشتراک خودش { $when }
before-first-update = پیش از نخستین به‌روزرسانی
fetched = دریافت { $at }
age-unknown = سن نامعلوم
compared-ago = مقایسه { $age } پیش
never-compared = مقایسه نشده
no-longer-its-panel = دیگر پنل این خرید نیست
