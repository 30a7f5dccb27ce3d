### Purchases: the table, and one of them.

list-not-read = список не прочитан: 2 повторит
list-reading = читаем список
list-empty = покупок нет: бот ничего не продал, или `alamor add purchase` добавит
list-no-match = под фильтр ничего не подходит: / изменит его
active-count = активных: { $count }
sort = порядок
filter = фильтр
listed-count = в списке: { $count }
sort-age = возраст
sort-id = id
sort-user = клиент
sort-expires = конец
sort-state = сост.
sort-links = ссылки
column-id = ID
column-user = КЛИЕНТ
column-panels = ПАНЕЛИ
column-profile = ПРОФИЛЬ
column-links = ССЫЛ.
column-age = ВОЗР.
column-expires = ДО
column-compared = СВЕРЕНО
why-since = { $what }, с { $at }
links-are-kept = { $n ->
    [one] { $count } старая ссылка
    [few] { $count } старые ссылки
    [many] { $count } старых ссылок
   *[other] { $count } старые ссылки
}
has-no-panels = без панелей
compared-with-own = сверено со своей подпиской: { $when }
reading-it = читаем
no-links-kept = ссылок нет: подписчики ничего не получат
last-updates = Последние обновления
none-yet = пока нет
user = клиент { $id }
kept-count = старых: { $count }
label-expires = до
label-panels = панели
label-address = адрес
label-tried = попытка
label-compared = сверено
label-note = заметка
label-by-hand = вручную
profile = профиль { $name }
no-address = нет: у покупки нет id подписки
never-with-own = никогда со своей подпиской
with-own = со своей подпиской { $when }
before-first-update = до первого обновления
fetched = получено { $at }
age-unknown = возраст неизвестен
compared-ago = сверено { $age } назад
never-compared = не сверялось
no-longer-its-panel = больше не панель этой покупки
marked-count = отмечено { $count }
ask-export =
    { $n ->
        [one] Записать { $count } покупку в файл?
        [few] Записать { $count } покупки в файл?
        [many] Записать { $count } покупок в файл?
       *[other] Записать { $count } покупки в файл?
    }
export-where = новый файл рядом с консолью: ./alamor-purchases-ДАТА
export-what = без адресов и ссылок; ничего не перезаписывается
ask-update-these =
    { $n ->
        [one] Обновить { $count } покупку?
        [few] Обновить { $count } покупки?
        [many] Обновить { $count } покупок?
       *[other] Обновить { $count } покупки?
    }
all-listed-and-off = весь список, и выключенные тоже: их не тронут
filter-fields = текст, state:kept  panel:fr-2  outcome:failed  age:>3h
mistake-field = нет поля { $name }: есть { $fields }
mistake-word = { $word }: такого нет среди { $words }
mistake-age = { $text }: это не возраст: пишите age:>3h или age:<2d, с s, m, h, d или w
mistake-user = { $text }: это не Telegram id: там только цифры
sort-panels = панели
sort-profile = профиль
sort-compared = сверка
sort-outcome = итог
palette-list-these = показать только эти покупки
palette-sort-by = порядок: { $column }; ещё раз — наоборот
palette-filter = показать часть покупок: слова, state:kept, age:>3h
palette-sort = порядок покупок по столбцу
palette-theme = другие цвета: dark, light, high-contrast, monochrome или файл
code-not-here = QR-кода нет: терминал показывает только ASCII или адрес слишком длинный
code-needs = для QR-кода нужен терминал { $columns }x{ $rows }
filter-panel-fields = текст, state:unreachable  way:links  make:3x-ui
filter-item-fields = текст, outcome:failed  panel:fr-2  reason:refused
sort-name = имя
sort-latency = отклик
sort-clients = клиенты
sort-sold = продано
sort-way = способ
panels-no-match = под фильтр ничего не подходит
palette-save = сохранить экран: txt, ansi или svg
