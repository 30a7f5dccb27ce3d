### Notes: the answers to keys and news.

note-list-not-read = فهرست خوانده نشد: { $why }
note-items-not-read = موارد خوانده نشد: { $why }
note-may-log-in = { $panel }: ورود دوباره مجاز است
note-nothing-changed = چیزی تغییر نکرد: { $why }
note-another-kind = آغاز نشد: به‌روزرسانی دیگری (#{ $job }) در جریان است
note-not-started = آغاز نشد: { $why }
note-cancelling = در حال لغو: کارهای در راه اول تمام می‌شوند
note-not-cancelled = لغو نشد: { $why }
somebody-else = کسی دیگر
note-joined = به‌روزرسانی #{ $job } از پیش در جریان بود ({ $by }): همین است
note-accepted = به‌روزرسانی #{ $job } پذیرفته شد؛ بدون این کنسول هم ادامه دارد
note-restarted = هسته دوباره اجرا شد: همه‌چیز از نو خوانده می‌شود
note-missed = { $n ->
    [one] { $count } رویداد از دست رفت: فهرست‌ها از نو خوانده می‌شوند
   *[other] { $count } رویداد از دست رفت: فهرست‌ها از نو خوانده می‌شوند
}
note-ended = به‌روزرسانی #{ $job } تمام شد: کلید 3
note-asking = از هسته می‌پرسیم
note-no-update = به‌روزرسانی‌ای در جریان نیست
note-no-retry = چیزی برای تکرار نیست
note-login-not-refused = ورود این پنل رد نشده
note-stale = هسته شنیده نمی‌شود: تا آن هنگام چیزی تغییر نمی‌کند
note-stale-probe = هسته شنیده نمی‌شود: وارسی ممکن نیست
note-in-the-way = به‌روزرسانی #{ $job } از { $by } در جریان است: صبر کنید یا { $key } لغو می‌کند
note-english-only = پایانه فقط ASCII نشان می‌دهد (locale آن UTF-8 نیست): انگلیسی
note-writing-list = فهرست خوانده و نوشته می‌شود
note-read-only = این کنسول فقط می‌بیند: با --read-only آغاز شده
note-nothing-listed = چیزی در فهرست نیست
note-not-revealed = نمایش داده نشد: { $why }
note-nothing-called-so = چیزی چنین نامی ندارد
note-exported =
    { $n ->
        [one] { $count } خرید در { $path } نوشته شد
       *[other] { $count } خرید در { $path } نوشته شد
    }
note-not-written = چیزی نوشته نشد: { $why }
note-copied =
    { $n ->
        [one] { $count } شناسه کپی شد، اگر این ترمینال اجازه دهد
       *[other] { $count } شناسه کپی شد، اگر این ترمینال اجازه دهد
    }
note-export-instead = شناسه‌های یک فهرست کامل در پرونده می‌روند: برای این خروجی هست
note-stale-reveal = صدای هسته نمی‌آید: چیزی نمی‌تواند بگوید
note-address-copied = نشانی کپی شد، اگر این ترمینال اجازه دهد
note-command-copied = خط curl کپی شد، اگر این ترمینال اجازه دهد
