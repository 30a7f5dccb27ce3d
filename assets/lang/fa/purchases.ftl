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
marked-count = { $count } علامت‌خورده
ask-export =
    { $n ->
        [one] { $count } خرید در پرونده نوشته شود؟
       *[other] { $count } خرید در پرونده نوشته شود؟
    }
export-where = پروندهٔ تازه کنار این کنسول: ./alamor-purchases-DATE
export-what = بدون نشانی و لینک؛ چیزی بازنویسی نمی‌شود
ask-update-these =
    { $n ->
        [one] { $count } خرید به‌روز شود؟
       *[other] { $count } خرید به‌روز شود؟
    }
all-listed-and-off = همهٔ فهرست، خاموش‌ها هم: آن‌ها دست نمی‌خورند
filter-fields = متن، state:kept  panel:fr-2  outcome:failed  age:>3h
mistake-field = میدان { $name } نیست: این‌ها هستند: { $fields }
mistake-word = { $word } در میان { $words } نیست
mistake-age = { $text } سن نیست: بنویسید age:>3h یا age:<2d، با s، m، h، d یا w
mistake-user = { $text } شناسهٔ تلگرام نیست: آن فقط رقم است
sort-panels = پنل‌ها
sort-profile = نمایه
sort-compared = مقایسه
sort-outcome = نتیجه
palette-list-these = فقط این خریدها
palette-sort-by = ترتیب بر اساس { $column }؛ بار دیگر برعکس
palette-filter = فقط برخی خریدها: واژه‌ها، state:kept، age:>3h
palette-sort = ترتیب خریدها بر اساس ستون
palette-theme = رنگ‌های دیگر: dark، light، high-contrast، monochrome یا پرونده
code-not-here = کد QR نیست: این ترمینال فقط ASCII نشان می‌دهد، یا نشانی بلند است
code-needs = کد QR به ترمینال { $columns }x{ $rows } نیاز دارد
filter-panel-fields = متن، state:unreachable  way:links  make:3x-ui
filter-item-fields = متن، outcome:failed  panel:fr-2  reason:refused
sort-name = نام
sort-latency = تأخیر
sort-clients = کاربران
sort-sold = فروش
sort-way = روش
panels-no-match = هیچ پنلی با پالایه نمی‌خواند
palette-save = ذخیرهٔ صفحه: txt، ansi یا svg
